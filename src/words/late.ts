/** What is said by parts that are loaded when they are asked for: the workbench, and pictures that lessons do not show. */
export * as words from './en/late';
