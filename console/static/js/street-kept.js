// Calibrations that were proposed: who made them, which one judges, one's own to withdraw, others' to publish.
import { element } from "./street-form.js";

export class KeptCalibrations {
  constructor(calibration, given) {
    Object.assign(this, { calibration }, given);
    calibration.kept = this;
    document.getElementById("propose-calibration")?.addEventListener("click", () => this.guard(() => this.propose()));
  }

  guard(work) { return Promise.resolve().then(work).catch((error) => this.show(element("p", { class: "note bad", role: "alert" }, error.message))); }

  async refresh() {
    const list = document.getElementById("calibration-list");
    if (!list) return;
    const all = await this.ask("/calibrations");
    const camera = document.getElementById("camera-id").value.trim();
    const rows = all.filter((one) => !camera || one.camera_id === camera);
    document.getElementById("camera-ids").replaceChildren(...[...new Set(all.map((one) => one.camera_id))].map((id) => new Option(id, id)));
    document.getElementById("calibrations-title").textContent = camera ? this.words.calibrations_of : this.words.calibrations;
    list.replaceChildren(...(rows.length ? rows.map((one) => this.row(one)) : [element("li", { class: "muted small" }, this.words.no_calibrations)]));
  }

  row(one) {
    const state = one.in_force ? this.words.in_force : this.words[`state_${one.state}`];
    const mark = element("span", { class: `tag ${one.in_force ? "ok" : one.state === "open" ? "warn" : ""}` }, state);
    return element("li", {}, element("button", { "data-calibration": one.id, onclick: () => this.guard(() => this.open(one.id)) },
      element("code", {}, `#${one.id}`), element("span", { class: "name" }, `${one.camera_id} · ${one.author} · ${one.note}`), mark));
  }

  async open(id) {
    const kept = await this.ask(`/calibrations/${id}`);
    const answer = await fetch(`/api/street/calibrations/${id}/picture`);
    this.calibration.load(kept, await answer.blob());
    const one = kept.calibration;
    const facts = [["#", `${one.id} · ${one.version}`], [this.words.camera, one.camera_id], [this.words.rms, `${one.residual_px.toFixed(2)} px`],
      [this.words.left_out, one.left_out_rms_m === null ? "—" : `${one.left_out_rms_m.toFixed(2)} m`], [this.words.picture, one.picture_sha256.slice(0, 12)],
      [this.words.proposed_by, `${one.author} · ${this.local(one.proposed_at)}`]];
    if (one.decided_by) facts.push([this.words.decided_by, `${one.decided_by} · ${this.local(one.decided_at)}`]);
    const box = element("div", { class: "stack" }, element("h2", {}, one.note), element("dl", { class: "facts" }, ...facts.flatMap(([name, value]) => [element("dt", {}, name), element("dd", {}, value)])));
    if (one.reason) box.append(element("p", { class: "note" }, one.reason));
    if (one.state === "open") this.decide(box, kept);
    this.show(box);
  }

  decide(box, kept) {
    const { id } = kept.calibration;
    if (kept.mine) box.append(element("p", { class: "note warn" }, this.words.calibration_four_eyes));
    const publish = this.data.mayPublish && !kept.mine ? element("button", { class: "button primary", onclick: () => this.guard(() => this.publish(id)) }, this.words.publish) : null;
    const title = kept.mine ? this.words.withdraw_calibration : this.words.reject_calibration;
    const reject = this.data.mayPublish || kept.mine ? element("button", { class: "button danger", onclick: () => this.guard(() => this.reject(id, title)) }, title) : null;
    box.append(element("div", { class: "actions" }, reject, publish));
  }

  async propose() {
    const whole = this.calibration.whole;
    if (!whole) return;
    const note = await this.note(this.words.propose_calibration);
    if (!note) return;
    const body = new FormData();
    body.append("picture", this.calibration.file);
    body.append("calibration", JSON.stringify({ ...whole, note }));
    const kept = await this.ask("/calibrations", body);
    await this.refresh();
    this.tell("note ok", this.words.calibration_proposed.replace("{id}", kept.id));
  }

  async publish(id) {
    const kept = await this.ask(`/calibrations/${id}/publish`, {});
    await this.refresh();
    this.tell("note ok", this.words.calibration_published.replace("{version}", kept.version));
  }

  async reject(id, title) {
    const reason = await this.note(title);
    if (!reason) return;
    await this.ask(`/calibrations/${id}/reject`, { reason });
    await this.refresh();
    this.tell("note", this.words.calibration_down.replace("{id}", id));
  }

  tell(kind, text) { this.show(element("p", { class: kind, role: "status" }, text)); }
}
