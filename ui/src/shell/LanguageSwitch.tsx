import { useLingui } from '@lingui/react/macro';

import { useAppSelector } from '~/app/store';
import type { Language } from '~/format/locales';
import { useSpeak } from '~/session/usePreferences';

import classes from './LanguageSwitch.module.css';

const NAMES: Record<Language, string> = { es: 'Español', en: 'English' };

export function LanguageSwitch({ onDark = false }: { onDark?: boolean }) {
  const { t } = useLingui();
  const language = useAppSelector((state) => state.preferences.language);
  const speak = useSpeak();
  return (
    <div className={classes.group} role="group" aria-label={t`Idioma`} data-on-dark={onDark || undefined}>
      {(Object.keys(NAMES) as Language[]).map((code) => (
        <button
          key={code}
          type="button"
          className={classes.option}
          aria-pressed={code === language}
          lang={code}
          // Both the letters that are seen and the name that is meant.
          aria-label={`${code.toUpperCase()}, ${NAMES[code]}`}
          title={NAMES[code]}
          onClick={() => void speak(code)}
        >
          {code.toUpperCase()}
        </button>
      ))}
    </div>
  );
}
