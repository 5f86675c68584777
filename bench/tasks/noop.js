/** The handler of the benchmark: what is measured is everything else. */
export default { noop: () => null };
