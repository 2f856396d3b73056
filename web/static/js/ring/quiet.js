/** What rings for a doctor who is in a call: seen, not heard. No sound, no badge, no notice over the patient. */

import { tellSeen } from "./seen.js";

export function mount(root) {
  const onLook = () => tellSeen(root.dataset.ringing.split(" ").filter(Boolean));
  onLook();
  document.addEventListener("visibilitychange", onLook);
  return () => document.removeEventListener("visibilitychange", onLook);
}
