/** Hands the learner a text as a file. In the browser. */
export function saveFile(name: string, text: string, type: string): void {
	const url = URL.createObjectURL(new Blob([text], { type }));
	const link = document.createElement('a');
	link.href = url;
	link.download = name;
	link.click();
	// Some browsers fetch it only after the click is done.
	setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
