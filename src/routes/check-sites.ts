/** Which lines of our hypervisor ask each question: loaded with the first one that is looked at. */
import type { CheckSites } from '../trace/sites';

export const checkSites = async (): Promise<CheckSites> => (await import('virtual:check-sites')).default;
