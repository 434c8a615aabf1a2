/** The reason why an image is no guest that can run here, for those above the workbench. */
export { LoadError } from '../toolstack/elf';
