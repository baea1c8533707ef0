// Versions of the street: what was published, what waits for somebody else's eyes, what a file would change.
import { element, findings } from "./street-form.js";

export class Versions {
  constructor(given) {
    Object.assign(this, given);
    this.file = document.getElementById("import-file");
    this.file?.addEventListener("change", () => this.guard(() => this.tryFile()));
  }

  guard(work) { return Promise.resolve().then(work).catch((error) => this.show(element("p", { class: "note bad", role: "alert" }, error.message))); }

  async refresh(current) {
    this.current = current;
    const versions = await this.ask("/versions");
    document.getElementById("version-list").replaceChildren(...versions.map((one, at) => element("li", {}, element("button", { "data-version": one.version, onclick: () => this.guard(() => this.compare(versions[at + 1]?.version, one.version)) },
      element("code", {}, one.version), element("span", { class: "name" }, `${this.local(one.published_at)} · ${one.publisher}`), one.version === current ? element("span", { class: "tag ok" }, this.words.in_force) : null))));
    if (!document.getElementById("draft-list")) return;
    const drafts = await this.ask("/drafts");
    document.getElementById("draft-list").replaceChildren(...(drafts.length ? drafts.map((one) => element("li", {}, element("button", { "data-draft": one.id, onclick: () => this.guard(() => this.open_draft(one.id)) },
      element("code", {}, `#${one.id}`), element("span", { class: "name" }, `${one.author} · ${one.note}`)))) : [element("li", { class: "muted small" }, this.words.no_drafts)]));
  }

  local(iso) { return new Intl.DateTimeFormat("sv", { timeZone: this.data.zone, dateStyle: "short", timeStyle: "short" }).format(new Date(iso)); }

  async compare(before, after) {
    if (!before) return this.show(element("p", { class: "note" }, this.words.first_version));
    const found = await this.ask(`/difference?before=${before}&after=${after}`);
    this.map.compare(found.map);
    const box = findings(found, this, this.pick);
    box.prepend(element("h2", {}, `${before} → ${after}`));
    return this.show(box);
  }

  async open_draft(id) {
    const found = await this.ask(`/drafts/${id}`);
    this.map.compare(found.map);
    const box = findings(found, this, this.pick);
    box.prepend(element("h2", {}, `#${id} ${found.draft.note}`), element("p", { class: "muted" }, `${found.draft.author} · ${this.local(found.draft.proposed_at)} · ${found.draft.base ?? "—"} → ${found.draft.version}`));
    if (found.mine) box.append(element("p", { class: "note warn" }, this.words.four_eyes));
    const publish = this.data.mayPublish && !found.mine ? element("button", { class: "button primary", onclick: () => this.guard(() => this.publish(id)) }, this.words.publish) : null;
    const reject = this.data.mayPublish || found.mine ? element("button", { class: "button danger", onclick: () => this.guard(() => this.reject(id, found.mine)) }, found.mine ? this.words.withdraw : this.words.reject) : null;
    box.append(element("div", { class: "actions" }, element("button", { class: "button", onclick: () => this.open(found.document) }, this.words.edit_draft), reject, publish));
    this.show(box);
  }

  async publish(id) {
    const done = await this.ask(`/drafts/${id}/publish`, {});
    await this.reload();
    this.show(element("p", { class: "note ok", role: "status" }, this.words.published.replace("{version}", done.version)));
  }

  async reject(id, mine) {
    const reason = await this.note(mine ? this.words.withdraw : this.words.reject);
    if (!reason) return;
    await this.ask(`/drafts/${id}/reject`, { reason });
    this.map.compare(null);
    this.show(element("p", { class: "note", role: "status" }, this.words.turned_down.replace("{id}", id)));
    await this.refresh(this.current);
  }

  async tryFile() {
    const body = new FormData();
    body.append("file", this.file.files[0]);
    const system = document.getElementById("import-system").value;
    const found = await this.ask(`/try-file${system ? `?system=${system}` : ""}`, body);
    this.file.value = "";
    this.map.compare(found.map);
    const box = findings(found, this, this.pick);
    box.prepend(element("h2", {}, this.words.dry_run));
    if (found.document && found.changes.length) box.append(element("div", { class: "actions" }, element("button", { class: "button primary", onclick: () => this.open(found.document) }, this.words.take_over)));
    this.show(box);
  }

  /** A text that somebody must give; none where it is given up. */
  note(title) {
    const dialog = document.getElementById("note");
    document.getElementById("note-title").textContent = title;
    document.getElementById("note-text").value = "";
    dialog.returnValue = "";
    dialog.showModal();
    return new Promise((resolve) => {
      dialog.addEventListener("close", () => resolve(dialog.returnValue === "ok" ? document.getElementById("note-text").value.trim() : ""), { once: true });
    });
  }
}
