// Ink and petrol. Contrast is measured, not guessed: text ≥ 4.5:1, marks ≥ 3:1, in both schemes.
import { createTheme, type CSSVariablesResolver, type MantineColorsTuple } from '@mantine/core';

const petrol: MantineColorsTuple = [
  '#e8f4f5',
  '#cfe6e8',
  '#a3cfd4',
  '#74b5bd',
  '#4c9ca6',
  '#2f8792',
  '#1c7580',
  '#10636d',
  '#0b525c',
  '#073f47',
];

// Mantine draws its dark scheme from these: text first, deepest ground last.
const dark: MantineColorsTuple = [
  '#d5dde1',
  '#aab7be',
  '#8b9aa3',
  '#5c6c76',
  '#37464f',
  '#293740',
  '#1d2931',
  '#162027',
  '#10181e',
  '#0b1216',
];

const gray: MantineColorsTuple = [
  '#f6f8f9',
  '#eff2f4',
  '#e3e8eb',
  '#d3dade',
  '#bcc6cc',
  '#94a1a9',
  '#6d7b84',
  '#4d5a63',
  '#343f47',
  '#1d262c',
];

export const theme = createTheme({
  colors: { petrol, dark, gray },
  primaryColor: 'petrol',
  primaryShade: { light: 8, dark: 6 },
  autoContrast: true,
  luminanceThreshold: 0.3,
  defaultRadius: 6,
  cursorType: 'pointer',
  respectReducedMotion: true,
  fontFamily: "'IBM Plex Sans Variable', system-ui, -apple-system, 'Segoe UI', sans-serif",
  fontFamilyMonospace: "ui-monospace, 'SFMono-Regular', Menlo, Consolas, 'Liberation Mono', monospace",
  headings: { fontWeight: '600' },
  fontSizes: { xs: '0.75rem', sm: '0.8125rem', md: '0.875rem', lg: '1rem', xl: '1.25rem' },
  lineHeights: { xs: '1.35', sm: '1.4', md: '1.45', lg: '1.5', xl: '1.5' },
});

export const cssVariablesResolver: CSSVariablesResolver = () => ({
  variables: {},
  light: {
    '--mantine-color-body': '#f3f5f6',
    '--mantine-color-text': gray[9],
    '--mantine-color-dimmed': '#55636c',
    '--mantine-color-placeholder': '#5f6d76',
    '--mantine-color-error': '#b42318',
    '--mantine-color-default-border': gray[3],
    '--mantine-color-red-light-color': '#8c1d13',
    '--mantine-color-yellow-light-color': '#6b4a00',
    '--mantine-color-green-light-color': '#14532d',
    '--mantine-color-petrol-light-color': petrol[8],
  },
  dark: {
    '--mantine-color-body': dark[8],
    '--mantine-color-text': dark[0],
    '--mantine-color-dimmed': '#9aa8b0',
    '--mantine-color-placeholder': '#8f9da6',
    '--mantine-color-error': '#ff9b8f',
    '--mantine-color-default-border': dark[4],
    '--mantine-color-red-light-color': '#ffb4aa',
    '--mantine-color-yellow-light-color': '#f3d27a',
    '--mantine-color-green-light-color': '#8fdcab',
    '--mantine-color-petrol-light': '#14323a',
    '--mantine-color-petrol-light-hover': '#1a3e48',
    '--mantine-color-petrol-light-color': petrol[2],
    '--mantine-color-anchor': petrol[3],
  },
});
