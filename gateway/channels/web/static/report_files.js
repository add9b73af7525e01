/** Photos and files of a report, kept by the platform until it is filed. */
import { ask, field, say } from "./citizen.js";
import { el } from "./widget/dom.js";

const TYPES = ".jpg,.jpeg,.png,.gif,.bmp,.pdf,.txt,.doc,.docx,.xls,.xlsx,.odt,.ods,.zip,.avi,.mp4,.wav,.wma,.wmv";

/** Send one file; a place that the photo tells is offered. */
export async function upload(state, file, draw) {
  Object.assign(state, { uploading: true, fileProblem: "" });
  draw();
  const form = new FormData();
  form.append("file", file, file.name);
  if (state.draft) form.append("draft", state.draft);
  const answer = await ask("POST", "api/v1/attachments", { form });
  state.uploading = false;
  if (answer.ok) {
    state.draft = answer.data.draft;
    state.files.push(answer.data);
    if (answer.data.position && !state.point) state.photoPoint = answer.data.position;
  } else {
    state.fileProblem = `${file.name}：${answer.problem}`;
  }
  draw();
}

/** The files so far, and a way to add one. */
export function fileList(state, draw, add) {
  const remove = async (file) => {
    const answer = await ask("DELETE", `api/v1/attachments/${state.draft}/${file.id}`);
    if (answer.ok || answer.status === 404) state.files = state.files.filter((one) => one.id !== file.id);
    if (!state.files.length) state.draft = null;
    draw();
  };
  const chooser = el("input", { type: "file", accept: TYPES, onchange: (event) => event.target.files[0] && add(event.target.files[0]) });
  const row = (file) => el("li", {}, el("div", { class: "row" }, el("span", {}, file.name), el("button", { type: "button", onclick: () => remove(file), "aria-label": `${say("remove")} ${file.name}` }, say("remove"))));
  return [
    field("files", say("files") + say("optional"), chooser, { hint: state.uploading ? say("uploading") : say("files_hint"), mistake: state.fileProblem }),
    state.files.length > 0 && el("ul", {}, state.files.map(row)),
  ];
}
