/** What is fetched when it is first needed, once. */

/**
 * @template T
 * @param {() => Promise<T>} load @returns {() => Promise<T>} the same promise each time, a fresh one after a failure
 */
export function once(load) {
  let loading = null;
  return () => {
    if (!loading) loading = load();
    loading.catch(() => (loading = null)); // a later tap tries again
    return loading;
  };
}
