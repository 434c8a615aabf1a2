/** The domains that the words of a command name. */
import type { DomainRow } from '../table';
import type { Toolstack } from '../toolstack';
import { done, Refusal, type Answer, type XlContext } from './command';

/** Waits for what the toolstack does for a domain, if that takes time. */
export const whenReady = (stack: Toolstack, dom: number, text = ''): Answer => {
	const id = stack.jobOf(dom);
	return id === 0 ? done(text) : { text, wait: { kind: 'job', id } };
};

/** The domain of a name or number. @throws Refusal in xl's words */
export function rowOf({ stack }: XlContext, name: string): DomainRow {
	const row = stack.table().find((row) => row.name === name || String(row.dom) === name);
	if (!row) throw new Refusal(`${name} is an invalid domain identifier (rc=-6)\n`);
	return row;
}

/** As `rowOf`, for what makes no sense with domain 0. */
export function guestOf(context: XlContext, name: string): NonNullable<ReturnType<Toolstack['domain']>> {
	const { dom } = rowOf(context, name);
	const guest = context.stack.domain(dom);
	if (dom === 0) throw new Refusal(`Cannot do that to privileged domain 0.\n`);
	if (!guest) throw new Refusal(`libxl: error: domain ${dom} was made by domain 0's kernel, not by xl.\n`);
	return guest;
}
