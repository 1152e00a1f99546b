// The few drawings that the page needs; a whole icon package would cost more than all of them.
import type { ReactNode } from 'react';

function Icon({ children, size = 16 }: { children: ReactNode; size?: number }) {
  return (
    <svg
      width={size}
      height={size}
      viewBox="0 0 16 16"
      fill="none"
      stroke="currentColor"
      strokeWidth="1.6"
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
      focusable="false"
    >
      {children}
    </svg>
  );
}

export const ChevronDownIcon = () => (
  <Icon size={14}>
    <path d="m4 6 4 4 4-4" />
  </Icon>
);
export const CheckIcon = () => (
  <Icon>
    <path d="m3.5 8.5 3 3 6-7" />
  </Icon>
);
export const HelpIcon = () => (
  <Icon>
    <circle cx="8" cy="8" r="6.2" />
    <path d="M6.3 6.2a1.8 1.8 0 1 1 2.6 1.6c-.6.3-.9.7-.9 1.3" />
    <path d="M8 11.4v.01" />
  </Icon>
);
export const TableIcon = () => (
  <Icon>
    <rect x="2" y="3" width="12" height="10" rx="1.5" />
    <path d="M2 6.5h12M6.5 6.5V13" />
  </Icon>
);
export const ChartIcon = () => (
  <Icon>
    <path d="M2.5 13.5h11M4.5 11V8M8 11V4M11.5 11V6.5" />
  </Icon>
);
export const DownloadIcon = () => (
  <Icon>
    <path d="M8 2.5v7.5M5 7.5 8 10.5l3-3M2.8 13.2h10.4" />
  </Icon>
);
export const ExportIcon = () => (
  <Icon>
    <path d="M9 1.8H4.2A1.2 1.2 0 0 0 3 3v10a1.2 1.2 0 0 0 1.2 1.2h7.6A1.2 1.2 0 0 0 13 13V5.8ZM9 1.8v4h4" />
    <path d="M8 8.2v3.6M6.2 10.2 8 12l1.8-1.8" />
  </Icon>
);
export const ImageIcon = () => (
  <Icon>
    <rect x="2" y="2.8" width="12" height="10.4" rx="1.5" />
    <path d="m2.5 11.5 3.2-3.2 2.4 2.4 2-2 3.4 3.4" />
    <circle cx="10.6" cy="5.9" r="1" />
  </Icon>
);
export const BookmarkIcon = () => (
  <Icon>
    <path d="M4 2.5h8v11L8 10.6 4 13.5Z" />
  </Icon>
);
export const BellIcon = () => (
  <Icon>
    <path d="M3.5 11.5h9c-.9-1-1.2-2-1.2-4a3.3 3.3 0 0 0-6.6 0c0 2-.3 3-1.2 4ZM6.8 13.6h2.4" />
  </Icon>
);
export const SearchIcon = () => (
  <Icon>
    <circle cx="7" cy="7" r="4.6" />
    <path d="m10.5 10.5 3.2 3.2" />
  </Icon>
);
export const LeftIcon = () => (
  <Icon>
    <path d="m10 3.5-4.5 4.5 4.5 4.5" />
  </Icon>
);
export const RightIcon = () => (
  <Icon>
    <path d="M6 3.5 10.5 8 6 12.5" />
  </Icon>
);
export const ListIcon = () => (
  <Icon>
    <path d="M5.5 4h8M5.5 8h8M5.5 12h8M2.5 4v.01M2.5 8v.01M2.5 12v.01" />
  </Icon>
);
export const CalendarIcon = () => (
  <Icon>
    <rect x="2" y="3" width="12" height="11" rx="1.5" />
    <path d="M2 6.5h12M5.2 1.8v2.4M10.8 1.8v2.4" />
  </Icon>
);
export const UpIcon = () => (
  <Icon size={12}>
    <path d="M8 13V3M4 7l4-4 4 4" />
  </Icon>
);
export const DownIcon = () => (
  <Icon size={12}>
    <path d="M8 3v10M4 9l4 4 4-4" />
  </Icon>
);
export const EqualIcon = () => (
  <Icon size={12}>
    <path d="M3 6h10M3 10h10" />
  </Icon>
);
