// Photos and documents in a conversation: shown to whoever may see it, sent by whoever is in charge.

const PICTURES = new Set(["image/jpeg", "image/png", "image/gif", "image/bmp"]);
const KIB = 1024;

/** A file as its message tells of it: a picture that opens, or a name to download. */
export function fileShown(conversation, payload) {
  const link = document.createElement("a");
  Object.assign(link, {
    className: "file", target: "_blank", rel: "noopener",
    href: `/api/v1/operator/conversations/${conversation}/attachments/${payload.attachment_id}`,
  });
  if (PICTURES.has(payload.media_type)) {
    link.append(Object.assign(document.createElement("img"), { src: link.href, alt: "", loading: "lazy" }));
  }
  const size = Object.assign(document.createElement("small"), { className: "quiet", textContent: sizeWords(payload.size) });
  link.append(payload.name, " ", size);
  return link;
}

/** Let a button send files, one after the other, `to` where they were chosen for, whatever is opened meanwhile;
 * `failed` hears what the platform would not take. */
export function takeFiles(button, input, { to, upload, failed }) {
  button.addEventListener("click", () => input.click());
  input.addEventListener("change", async () => {
    const path = to();
    button.disabled = true;
    for (const file of input.files) {
      const form = new FormData();
      form.append("client_id", crypto.randomUUID());
      form.append("file", file, file.name);
      await upload(path, form).catch(failed);
    }
    input.value = "";
    button.disabled = false;
  });
}

function sizeWords(bytes) {
  return bytes < KIB * KIB ? `${Math.max(1, Math.round(bytes / KIB))} KB` : `${(bytes / KIB / KIB).toFixed(1)} MB`;
}
