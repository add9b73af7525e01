/** One WebSocket that notices when the other end has gone quiet. */

const PING_MS = 20_000;
const PONG_MS = 8_000;
const OPEN_MS = 10_000;

export class Line {
  #socket;
  #ping;
  #deadline;
  #ended = false;
  isOpen = false;
  /** Whether the other end has said anything: a socket may open and still be of no use. */
  #served = false;

  /** `onEnd(served)` is called once, however the line ends, unless `hangUp` ended it. */
  constructor(socket, { onOpen, onServed, onFrame, onEnd }) {
    this.#socket = socket;
    this.onEnd = onEnd;
    this.#expect(OPEN_MS);
    socket.onopen = () => {
      this.isOpen = true;
      clearTimeout(this.#deadline);
      this.#ping = setInterval(() => {
        this.sign();
        this.#expect(PONG_MS);
      }, PING_MS);
      this.sign();
      onOpen();
    };
    socket.onmessage = (event) => {
      clearTimeout(this.#deadline);
      if (!this.#served) onServed();
      this.#served = true;
      onFrame(JSON.parse(event.data));
    };
    socket.onclose = () => this.cut();
  }

  send(frame) {
    this.#socket.send(JSON.stringify(frame));
  }

  /** The page lives, and whether the citizen can see it. */
  sign() {
    this.send({ type: "ping", hidden: document.hidden });
  }

  /** The line is dead: do not wait for the other end to say so. */
  cut() {
    if (this.#ended) return;
    this.hangUp();
    this.onEnd(this.#served);
  }

  hangUp() {
    this.#ended = true;
    this.isOpen = false;
    clearInterval(this.#ping);
    clearTimeout(this.#deadline);
    this.#socket.onopen = this.#socket.onmessage = this.#socket.onclose = null;
    this.#socket.close();
  }

  #expect(milliseconds) {
    clearTimeout(this.#deadline);
    this.#deadline = setTimeout(() => this.cut(), milliseconds);
  }
}
