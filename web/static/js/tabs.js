/** Panels of one page as tabs, by the keyboard pattern of the ARIA Authoring Practices. */
export function mount(list) {
  const tabs = Array.from(list.querySelectorAll("[role=tab]"));
  const panelOf = (tab) => document.getElementById(tab.getAttribute("aria-controls"));
  const select = (chosen) => {
    for (const tab of tabs) {
      const is = tab === chosen;
      tab.setAttribute("aria-selected", String(is));
      tab.tabIndex = is ? 0 : -1;
      panelOf(tab).hidden = !is;
    }
  };
  const onClick = (event) => {
    const tab = event.target.closest("[role=tab]");
    if (tab) select(tab);
  };
  const onKey = (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    const at = tabs.indexOf(document.activeElement);
    const next = tabs[(at + step + tabs.length) % tabs.length];
    next.focus();
    select(next);
    event.preventDefault();
  };
  for (const tab of tabs) {
    panelOf(tab).setAttribute("role", "tabpanel");
    panelOf(tab).setAttribute("aria-labelledby", tab.id);
  }
  list.hidden = false;
  select(tabs.find((tab) => tab.getAttribute("aria-selected") === "true") || tabs[0]);
  list.addEventListener("click", onClick);
  list.addEventListener("keydown", onKey);
  return () => {
    list.removeEventListener("click", onClick);
    list.removeEventListener("keydown", onKey);
  };
}
