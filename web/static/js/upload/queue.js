/** Files one after the other, the smallest first: what can be seen soon is seen soon. */

export class UploadQueue {
  constructor() {
    /** @type {{size: number, run: () => Promise<void>}[]} */
    this.waiting = [];
    this.isRunning = false;
  }

  /**
   * Add one to be sent; `run` settles when it is over, well or not.
   * @param {number} size in bytes
   * @param {() => Promise<void>} run
   */
  add(size, run) {
    this.waiting.push({ size, run });
    if (!this.isRunning) this.work();
  }

  /** @private */
  async work() {
    this.isRunning = true;
    while (this.waiting.length) {
      this.waiting.sort((one, other) => one.size - other.size);
      await this.waiting.shift().run();
    }
    this.isRunning = false;
  }
}
