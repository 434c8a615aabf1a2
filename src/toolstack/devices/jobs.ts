/**
 * The toolstack's longer work: creating a domain with devices, attaching and detaching one, destroying a domain. Each is a list of steps,
 * and some wait for a back end, for a script, or for ten seconds to pass, as libxl does. All of it is plain data.
 */
import {
	XenbusStateClosed,
	XenbusStateClosing,
	XenbusStateConnected,
	XenbusStateInitWait
} from '../../abi/structs/xenbus';
import type { Client } from '../xenstore/client';
import { backPath, frontPath, libxlPath, type Attached, type Device } from './config';
import { removeTidily } from './entries';
import { runScript } from './scripts';

/** A step of a job. */
export type Step =
	/** Adds the domain's devices of one type, those it was made with or `only`. */
	| { readonly do: 'add'; readonly type: Device['type']; readonly only?: number }
	/** Removes one device, or all of the domain. */
	| { readonly do: 'remove'; readonly only?: Device }
	/** Lets others run first. */
	| { readonly do: 'settle' }
	| Instant;

/** A step that takes no time. */
export type Instant =
	/** Its console's entries, its first instruction, its end. */
	| { readonly do: 'console' | 'unpause' | 'end' }
	/** Makes it again, with the devices that it had. */
	| { readonly do: 'restart'; readonly birth: number; readonly attached: readonly Attached[] };

/** What is being done to one device. */
interface Work {
	readonly device: Device;
	readonly adding: boolean;
	/** What it waits for. */
	waits: 'back end' | 'script' | 'nothing';
	/** When its script is done, cycles. */
	due: number;
}

/** One piece of work under way. */
export interface Job {
	readonly id: number;
	readonly dom: number;
	/** What is still to be done after the present step. */
	steps: Step[];
	/** The devices of the present step. */
	works: Work[];
	/** When it goes on after letting others run, cycles; 0 while it does not wait for that. */
	resume: number;
	/** When the present step fails, cycles; 0 never. */
	deadline: number;
	/** Whether it waits for back ends as long as it takes. */
	readonly patient: boolean;
	/** What went wrong, a line each. */
	errors: string[];
}

/** All jobs as plain data. */
export interface SavedJobs {
	jobs: Job[];
	next: number;
	/** When the events that have come are looked at; 0 when there are none. */
	eventsDue: number;
}

/** What jobs need of the toolstack. */
export interface JobHost {
	readonly client: Client;
	now(): number;
	readonly hz: number;
	/** Has `Jobs.wake` called at a cycle, and at no other; 0 never. */
	wakeAt(cycle: number): void;
	/** Devices of a domain: of one type those to be added, else all that it has. */
	devicesOf(dom: number, type?: Device['type']): readonly Device[];
	/** Writes the folders of a device. */
	writeEntries(device: Device): void;
	/** A device is gone. */
	removed(device: Device): void;
	/** Does one of the steps that take no time. */
	step(job: Job, step: Instant): void;
	/** A job is done; `errors` says what went wrong. */
	done(job: Job): void;
}

/** libxl waits so long for a back end (LIBXL_INIT_TIMEOUT, LIBXL_DESTROY_TIMEOUT: 10 seconds). */
const PATIENCE_SECONDS = 10;
/** From a watch event to the program that is scheduled in, and from a script's start to its end; virtual milliseconds. */
const WAKE_MS = 0.02;
const SCRIPT_MS = 1;
/** So long after its end at the latest, a domain has left the processor. */
const SETTLE_MS = 1;

const NO_STATE = -1;

/** Carries out jobs, each for itself. */
export class Jobs {
	private jobs: Job[] = [];
	private nextId = 1;
	private eventsDue = 0;

	constructor(private readonly host: JobHost) {}

	/** Begins a job; it may be done when this returns. */
	start(dom: number, steps: readonly Step[], patient = false): number {
		const job: Job = {
			id: this.nextId++,
			dom,
			steps: [...steps],
			works: [],
			resume: 0,
			deadline: 0,
			patient,
			errors: []
		};
		this.jobs.push(job);
		this.proceed(job);
		this.plan();
		return job.id;
	}

	/** The last one that is under way for a domain, or 0. */
	last(dom: number): number {
		return this.jobs.findLast((job) => job.dom === dom)?.id ?? 0;
	}

	/** Whether anything is under way, or for domain `dom`. */
	busy(dom?: number): boolean {
		return this.jobs.some((job) => dom === undefined || job.dom === dom);
	}

	/** Gives up what is under way for a domain; nobody is told. */
	cancel(dom: number): void {
		for (const job of this.jobs.filter((job) => job.dom === dom))
			job.works.forEach((work, index) => {
				if (work.waits === 'back end') this.host.client.unwatch(`${backPath(work.device)}/state`, `${job.id}/${index}`);
			});
		this.jobs = this.jobs.filter((job) => job.dom !== dom);
		this.plan();
	}

	/** An event has come for the toolstack's connection. */
	heard(): void {
		if (this.eventsDue !== 0) return;
		this.eventsDue = this.after(WAKE_MS);
		this.plan();
	}

	/** Goes on with all that is due. */
	wake(): void {
		const now = this.host.now();
		if (this.eventsDue !== 0 && this.eventsDue <= now) this.takeEvents();
		for (const job of [...this.jobs]) this.lookAfter(job, now);
		this.plan();
	}

	save(): SavedJobs {
		return structuredClone({ jobs: this.jobs, next: this.nextId, eventsDue: this.eventsDue });
	}

	restore(saved: SavedJobs): void {
		const { jobs, next, eventsDue } = structuredClone(saved);
		Object.assign(this, { jobs, nextId: next, eventsDue });
	}

	private after(milliseconds: number): number {
		return this.host.now() + Math.ceil((milliseconds * this.host.hz) / 1000);
	}

	/** Makes the toolstack's appointment for the next thing that is due. */
	private plan(): void {
		const times = this.jobs.flatMap(({ works, deadline, resume }) => [
			deadline,
			resume,
			...works.map(({ waits, due }) => (waits === 'script' ? due : 0))
		]);
		const due = [this.eventsDue, ...times].filter((cycle) => cycle > 0);
		this.host.wakeAt(due.length > 0 ? Math.min(...due) : 0);
	}

	private takeEvents(): void {
		this.eventsDue = 0;
		const { client } = this.host;
		for (let event = client.next(); event; event = client.next()) {
			const [id, index] = event.token.split('/').map(Number);
			const job = this.jobs.find((candidate) => candidate.id === id);
			const work = job?.works[index];
			if (job && work?.waits === 'back end') this.look(job, work);
			if (job) this.proceed(job);
		}
	}

	private lookAfter(job: Job, now: number): void {
		for (const work of job.works) if (work.waits === 'script' && work.due <= now) this.scriptDone(job, work);
		if (job.deadline !== 0 && job.deadline <= now) this.tooLate(job);
		if (job.resume <= now) job.resume = 0;
		this.proceed(job);
	}

	/** Goes on with the next steps as long as nothing is waited for. */
	private proceed(job: Job): void {
		while (job.resume === 0 && this.jobs.includes(job) && job.works.every(({ waits }) => waits === 'nothing')) {
			job.works = [];
			job.deadline = 0;
			const step = job.steps.shift();
			if (!step) return this.finish(job);
			this.begin(job, step);
		}
	}

	private finish(job: Job): void {
		this.jobs = this.jobs.filter((other) => other !== job);
		this.host.done(job);
	}

	private begin(job: Job, step: Step): void {
		if (step.do === 'settle') job.resume = this.after(SETTLE_MS);
		else if (step.do === 'add' || step.do === 'remove') this.deal(job, step);
		else this.host.step(job, step);
	}

	/** Adds or removes devices. */
	private deal(job: Job, step: Extract<Step, { do: 'add' | 'remove' }>): void {
		const adding = step.do === 'add';
		const all = this.host.devicesOf(job.dom, adding ? step.type : undefined);
		const { only } = step;
		const devices =
			only === undefined ? all : typeof only === 'number' ? all.filter(({ devid }) => devid === only) : [only];
		job.works = devices.map((device) => ({ device, adding, waits: 'back end', due: 0 }));
		if (!(adding && job.patient)) job.deadline = devices.length > 0 ? this.after(PATIENCE_SECONDS * 1000) : 0;
		const whole = !adding && only === undefined;
		job.works.forEach((work, index) => this.open(job, work, index, whole));
	}

	/** The first thing done to a device; then its back end is waited for. */
	private open(job: Job, work: Work, index: number, whole: boolean): void {
		const { host } = this;
		const state = `${backPath(work.device)}/state`;
		if (work.adding) host.writeEntries(work.device);
		else this.closeBackEnd(work.device, whole);
		host.client.watch(state, `${job.id}/${index}`);
	}

	/** Tells the back end that its device goes; where the whole domain goes, the front end's folder goes in the same transaction. */
	private closeBackEnd(device: Device, whole: boolean): void {
		const at = backPath(device);
		this.host.client.transaction((requests) => {
			const state = requests.read(`${at}/state`);
			if (whole) removeTidily(requests, frontPath(device));
			if (state === undefined) return;
			requests.write(`${at}/online`, '0');
			if (state !== String(XenbusStateClosed)) requests.write(`${at}/state`, String(XenbusStateClosing));
		});
	}

	/** Whether the back end has come to where it is waited for. */
	private look(job: Job, work: Work): void {
		const text = this.host.client.read(`${backPath(work.device)}/state`);
		const state = text === undefined ? NO_STATE : Number(text);
		const there = work.adding
			? state >= XenbusStateInitWait && state <= XenbusStateConnected
			: state === XenbusStateClosed || state === NO_STATE;
		if (there) this.startScript(job, work);
	}

	private startScript(job: Job, work: Work): void {
		this.host.client.unwatch(`${backPath(work.device)}/state`, `${job.id}/${job.works.indexOf(work)}`);
		work.waits = 'script';
		work.due = this.after(SCRIPT_MS);
	}

	private scriptDone(job: Job, work: Work): void {
		const { client } = this.host;
		work.waits = 'nothing';
		const failure = runScript(client, work.device, work.adding ? 'add' : 'remove');
		if (failure) this.fail(job, work.device, failure);
		if (!work.adding) this.forget(work.device);
	}

	/** Takes a device's folders out, each with the parents that it leaves empty. */
	private forget(device: Device): void {
		this.host.client.transaction((requests) => {
			for (const path of [frontPath(device), libxlPath(device), backPath(device)]) removeTidily(requests, path);
		});
		this.host.removed(device);
	}

	private tooLate(job: Job): void {
		job.deadline = 0;
		for (const work of job.works.filter(({ waits }) => waits === 'back end')) {
			if (!work.adding) this.startScript(job, work);
			else {
				this.host.client.unwatch(`${backPath(work.device)}/state`, `${job.id}/${job.works.indexOf(work)}`);
				work.waits = 'nothing';
				this.fail(job, work.device, `unable to add device with path ${backPath(work.device)}`);
			}
		}
	}

	/** What could not be added is taken out again: with its whole domain, if that was just being made. */
	private fail(job: Job, device: Device, what: string): void {
		const { dom, type } = device;
		job.errors.push(`Domain ${dom}:${what}`);
		const creating = job.steps.some((step) => step.do === 'unpause' || step.do === 'console');
		if (creating) job.errors.push(`Domain ${dom}:unable to add ${type} devices`);
		job.steps = creating ? [{ do: 'remove' }, { do: 'end' }] : [{ do: 'remove', only: device }];
	}
}
