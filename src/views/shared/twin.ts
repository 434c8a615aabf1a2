/** One line of a text twin. */
export interface TwinLine {
	id: string;
	text: string;
	/** Whether choosing it does something; true when left out. */
	choosable?: boolean;
}
