/** Words with gaps in braces. @param {string} text @param {Record<string, unknown>} facts */
export const fill = (text, facts) => text.replace(/\{(\w+)\}/g, (gap, name) => String(facts[name] ?? gap));
