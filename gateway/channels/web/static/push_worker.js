/** Shows that there is a new message, and brings the citizen back to the chat. It never sees the message. */

self.addEventListener("push", (event) => {
  const { title, text, language } = event.data.json();
  const shown = { body: text, lang: language, icon: "static/icon.svg", tag: "wst-chat", renotify: true };
  event.waitUntil(self.registration.showNotification(title, shown));
});

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  event.waitUntil(back());
});

/** The page with the chat, if it is still open; else a new one, which takes the conversation up again. */
async function back() {
  const home = new URL(self.registration.scope);
  const pages = await self.clients.matchAll({ type: "window", includeUncontrolled: true });
  const open = pages.find(({ url }) => new URL(url).pathname === home.pathname);
  return open ? open.focus() : self.clients.openWindow(new URL("#wst-back", home).href);
}
