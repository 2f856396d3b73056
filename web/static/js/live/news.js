/** What a stream of changes says, and what a page that comes late has to be told of it. */

export const STREAM = "/live";
export const EVERYTHING = "*";
export const OLDEST_MS = 120000;
const REMEMBERED = 100;

/** Say whether a part that names these topics cares about a change of `topic`. */
export function wants(topics, topic) {
  return topic === EVERYTHING || topics.split(/\s+/).includes(topic);
}

/** Read the topic out of a stream message; anything unreadable refreshes everything. */
export function topicOf(data) {
  try {
    const { topic } = JSON.parse(data);
    return typeof topic === "string" ? topic : EVERYTHING;
  } catch (error) {
    return EVERYTHING;
  }
}

/** The address of the stream for a page asked for so many milliseconds ago; "" if that is too long. */
export function streamOf(age) {
  return age <= OLDEST_MS ? `${STREAM}?age=${Math.max(0, Math.ceil(age))}` : "";
}

/** What a reading tab heard since `began`: what to tell a page that was asked for at some time. */
export function memory(began) {
  let heard = [];
  return {
    keep(topic, at) {
      heard = [...heard, { topic, at }].slice(-REMEMBERED);
    },
    since(at) {
      if (at < began || (heard.length === REMEMBERED && at < heard[0].at)) return [EVERYTHING];
      return [...new Set(heard.filter((each) => each.at >= at).map((each) => each.topic))];
    },
  };
}
