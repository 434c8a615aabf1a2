declare module 'virtual:check-sites' {
	const sites: import('./sites').CheckSites;
	export default sites;
}
