/** A page that embeds a step of a lesson and talks to it. Nothing of the site is loaded here: this is all that it takes. */
const asked = new URLSearchParams(location.search);
const site = new URL(asked.get('site') ?? '..', location.href);
const lesson = asked.get('lesson') ?? '01-four-rings';
const address = new URL(`lessons/${encodeURIComponent(lesson)}/?embed`, site);
// What stands behind `#` here goes to the frame: #step-4, #moment-cli.
address.hash = location.hash;
// Only this page is heard and told; a page that was saved to a disk has no origin to name.
if (location.origin !== 'null') address.searchParams.set('origin', location.origin);

const frame = document.getElementById('frame');
const [stepBox, momentBox] = [document.getElementById('step'), document.getElementById('moment')];

function log(way, message) {
	const line = document.createElement('div');
	line.textContent = `${way} ${JSON.stringify(message)}`;
	document.getElementById('log').prepend(line);
}

let last = 0;
function tell(message) {
	const whole = { ringside: 1, id: ++last, ...message };
	log('→', whole);
	frame.contentWindow.postMessage(whole, site.origin);
}

function option(value, text) {
	const element = document.createElement('option');
	[element.value, element.textContent] = [value, text];
	return element;
}

/** `says` -> what this page does about it. */
const hears = {
	ready({ steps, moments }) {
		stepBox.replaceChildren(...steps.map(({ step, title }) => option(step, `${step} ${title}`)));
		momentBox.replaceChildren(
			option('', 'choose one'),
			...moments.map(({ name, is }) => option(name, `${name}: ${is}`))
		);
		for (const element of document.querySelectorAll('[disabled]')) element.disabled = false;
	},
	went({ step, title, event, sentence }) {
		stepBox.value = step;
		document.getElementById('standing').textContent = `step ${step}, ${title}, event ${event}. ${sentence}`;
	},
	answered({ answer, right }) {
		document.getElementById('answer').textContent = `${right ? 'right' : 'wrong'}: ${answer || 'told without'}`;
	},
	failed({ reason }) {
		document.getElementById('standing').textContent = `failed: ${reason}`;
	}
};

addEventListener('message', (event) => {
	if (event.source !== frame.contentWindow || event.origin !== site.origin || event.data?.ringside !== 1) return;
	log('←', event.data);
	if (Object.hasOwn(hears, event.data.says)) hears[event.data.says](event.data);
});
stepBox.addEventListener('change', () => tell({ do: 'go', step: Number(stepBox.value) }));
momentBox.addEventListener('change', () => momentBox.value && tell({ do: 'go', moment: momentBox.value }));
for (const button of document.querySelectorAll('[data-do]'))
	button.addEventListener('click', () => tell({ do: button.dataset.do }));

frame.src = address.href;
