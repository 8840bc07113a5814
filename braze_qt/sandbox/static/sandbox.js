// Keeps the page up to date: when the server tells of news, the page is fetched again and its <main> replaced.
// What the reader has done to it stays: opened details, the focus, the scroll position, a half-filled form.
"use strict";

const PAUSE = 300; // milliseconds between two refreshes at least
let shown = document.body.dataset.news;
let told = shown;
let refreshing = false;

function focusKey(element) {
  if (!element || element === document.body) return null;
  if (element.tagName === "SUMMARY" && element.parentElement.id) return `#${element.parentElement.id} > summary`;
  if (element.id) return `#${element.id}`;
  const address = element.getAttribute("href");
  return address ? `main a[href="${CSS.escape(address)}"]` : null;
}

function replaceMain(page) {
  const main = document.querySelector("main");
  const fresh = page.querySelector("main");
  const focused = focusKey(document.activeElement);
  for (const details of main.querySelectorAll("details[id]")) {
    const same = fresh.querySelector(`#${CSS.escape(details.id)}`);
    if (same) same.open = details.open;
  }
  for (const kept of main.querySelectorAll("[data-keep]")) {
    const id = kept.getAttribute("id"); // not kept.id, which is the field of that name where a form has one
    fresh.querySelector(`#${CSS.escape(id)}`)?.replaceWith(kept);
  }
  main.replaceWith(fresh);
  if (focused) document.querySelector(focused)?.focus({ preventScroll: true });
  document.title = page.title;
}

async function refresh() {
  if (refreshing || told === shown) return;
  refreshing = true;
  try {
    const answer = await fetch(location.pathname + location.search);
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    if (answer.ok) replaceMain(page);
    else location.reload();
    shown = page.body.dataset.news ?? told;
  } catch {
    // The stream of news notices that the server is gone, and tells when it is back.
  }
  setTimeout(() => {
    refreshing = false;
    refresh();
  }, PAUSE);
}

function openTarget() {
  const target = location.hash && document.getElementById(location.hash.slice(1));
  if (target instanceof HTMLDetailsElement) target.open = true;
}

const news = new EventSource("/events");
news.onopen = () => document.body.classList.add("live");
news.onerror = () => document.body.classList.remove("live");
news.onmessage = (message) => {
  told = message.data;
  refresh();
};
window.addEventListener("hashchange", openTarget);
openTarget();
