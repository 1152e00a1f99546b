import { bring } from '~/i18n/own';

import { messages as en } from './locales/en.po';
import { messages as es } from './locales/es.po';

bring({ es, en });
