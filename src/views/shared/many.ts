/** Where a page has many pictures of a kind, as a handout has, each is a group and no landmark: landmarks tell a page's few parts apart. */
import { getContext, setContext } from 'svelte';

const CONTEXT = Symbol('many pictures');

export const manyPictures = (): void => void setContext(CONTEXT, true);
export const amongMany = (): boolean => getContext<true | undefined>(CONTEXT) ?? false;
