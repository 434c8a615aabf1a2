/** The run of a lesson, recorded while the site is built: the same scenario, the same machine, so the same trace. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { error } from '@sveltejs/kit';
import { sliceOf, TraceMirror } from '../../../../trace/mirror';
import { goalOf } from '../../../../workbench/goal';
import { imagesOf, type ImageUse } from '../../../../workbench/images';
import { Host } from '../../../../workbench/worker/host';
import { lessonSlugs, loadLesson } from '../../course';
import { pack } from '../../vocabulary/recording';
import { keyOf, inspectScene, requestOf } from '../../vocabulary/scene';
import { notesOf } from '../../vocabulary/notebook';

export const prerender = true;
export const trailingSlash = 'never';
export const entries = () => lessonSlugs.map((slug) => ({ slug }));

/** Where the images of each use are, as they come with the site. A lesson brings no captured frames. */
const FILES: Readonly<Record<ImageUse, (name: string) => string>> = {
	kernel: (name) => `images/${name}.elf`,
	disk: (name) => `disks/${name}.img`,
	frames: (name) => error(500, `The lesson names frames, '${name}', and none come with the site.`)
};
const image = (name: string, use: ImageUse) =>
	new Uint8Array(readFileSync(join(process.cwd(), 'src/guests', FILES[use](name))));

export async function GET({ params }: { params: { slug: string } }): Promise<Response> {
	const lesson = await loadLesson(params.slug);
	if (!lesson) error(404, 'There is no such lesson.');
	const host = new Host({ clock: () => performance.now(), breathe: () => Promise.resolve() });
	const trace = new TraceMirror();
	host.listener = (news) => news.slices.forEach((slice) => trace.append(slice));
	const images = [...imagesOf(lesson.scenario)].map(([name, use]) => [name, image(name, use)] as const);
	await host.open(lesson.scenario, Object.fromEntries(images), []);
	const { cycle } = await host.advance(goalOf(lesson.scenario));
	const [first] = notesOf(lesson).steps;
	if (!first) error(500, 'The lesson has no steps.');
	const request = requestOf(trace, first);
	const scene = await inspectScene(host, trace, request);
	const file = pack({ slice: sliceOf(trace, 0, trace.length), end: cycle, scene, key: keyOf(request) });
	return new Response(gzipSync(file, { level: 9 }), { headers: { 'content-type': 'application/octet-stream' } });
}
