/** English that is loaded with what says it: the workbench and its worker, pictures that lessons do not show. */
export { QUERY as query } from './query';
export * as views from './views/late';
export { CAUSES as causes, RULES as rules, WHY as why } from './why';
export { CHANGES as changes, INSPECT as inspect, WHO as who } from './workbench';
