/** What a page that could not be shown says of it. */
import type { HandleClientError } from '@sveltejs/kit';
import { lineOf } from './routes/shell/trouble';

export const handleError: HandleClientError = ({ error, status, message }) => {
	if (status !== 404) console.error(error);
	return { message: status === 404 ? message : lineOf(error) };
};
