/** English that is loaded with what says it: the workbench and its worker, pictures that lessons do not show. */
export * as views from './views/late';
export { CHANGES as changes, INSPECT as inspect, WHO as who } from './workbench';
