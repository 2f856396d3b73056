/** What stands in the fields of a form, and putting it back. No passwords, no files, no proofs. */

const LEFT_OUT = ["password", "file", "search", "submit", "button"];

const fieldsOf = (root) =>
  Array.from(root.querySelectorAll("input[name], textarea[name], select[name]")).filter(
    (each) => !LEFT_OUT.includes(each.type) && each.name !== "csrf_token",
  );

const isTick = (field) => field.type === "checkbox" || field.type === "radio";
const entryOf = (field) => [field.name, field.value, Boolean(field.checked)];

/** @param {ParentNode} root @returns {[string, string, boolean][]} name, value, whether ticked */
export function readFields(root) {
  return fieldsOf(root).map(entryOf);
}

/** The words of a draft, to be read where there is no field for them any more. @param {[string, string, boolean][]} entries */
export function wordsOf(entries) {
  const hidden = /(^|_)(version|at|saved|id|theirs|seen|after)$/;
  const said = entries.filter(([name, value, ticked]) => value.trim() && !hidden.test(name) && !(value === "on" && !ticked));
  return said.map(([, value]) => value).join("\n");
}

/** @returns {boolean} whether the person would see no difference */
export function isSame(root, entries) {
  const seen = (all) => JSON.stringify(all);
  const shown = fieldsOf(root).filter((each) => each.type !== "hidden");
  const names = new Set(shown.map((each) => each.name));
  return seen(shown.map(entryOf)) === seen(entries.filter(([name]) => names.has(name)));
}

const keyOf = (field) => (isTick(field) ? `${field.name} ${field.value}` : field.name);

/** Pair each entry with its field by name and order; null for an entry that has none. */
function pairs(root, entries) {
  const waiting = new Map();
  for (const field of fieldsOf(root)) waiting.set(keyOf(field), [...(waiting.get(keyOf(field)) || []), field]);
  return entries.map((entry) => {
    const fields = waiting.get(entry[0]) || waiting.get(`${entry[0]} ${entry[1]}`) || [];
    return [fields.shift() || null, entry];
  });
}

/** Whether every word has a field to go to. @param {ParentNode} root @param {[string, string, boolean][]} entries */
export function hasRoom(root, entries) {
  return pairs(root, entries).every(([field, entry]) => field || !wordsOf([entry]));
}

/** Put entries back. @param {ParentNode} root @param {[string, string, boolean][]} entries */
export function fillFields(root, entries) {
  for (const [field, [, value, ticked]] of pairs(root, entries)) {
    if (!field) continue;
    if (isTick(field)) field.checked = ticked;
    else field.value = value;
  }
}
