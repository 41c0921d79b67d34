import assert from 'node:assert/strict'
import type {
  Address,
  Button,
  ChatKind,
  InboundAttachment,
  InboundMessage,
  Sender,
} from '../../core/model.ts'
import type { Arrived, FakeChannel } from './fake-channel.ts'

type Said = Partial<Omit<InboundMessage, 'address' | 'chatKind' | 'sender' | 'text'>>

/** What a chat does with time: the rig that runs the gateway around it. */
export type Surroundings = {
  readonly now: () => number
  /** Waits until nothing moves any more without time. */
  settle(): Promise<void>
}

type Place = {
  readonly channel: FakeChannel
  readonly chat: string
  readonly thread?: string
  readonly kind: ChatKind
  /** How many of the messages that arrived here were heard; shared by everybody in the chat. */
  readonly ear: { heard: number }
}

/** One person in one chat: what they do, and what they hear there. */
export class Chat {
  readonly address: Address
  readonly person: Sender
  readonly #place: Place
  readonly #around: Surroundings

  constructor(place: Place, person: Sender, around: Surroundings) {
    this.#place = place
    this.person = person
    this.#around = around
    const { channel, chat, thread } = place
    const plain = { channel: channel.name, account: channel.account, chat }
    this.address = thread === undefined ? plain : { ...plain, thread }
  }

  /** The same chat with another person in it. */
  as(person: Partial<Sender> & { readonly id: string }): Chat {
    return new Chat(this.#place, { name: `Person ${person.id}`, ...person }, this.#around)
  }

  /** A message as the platform hands it over; nothing has happened yet. */
  message(text: string, more: Said = {}): InboundMessage {
    return {
      id: this.#place.channel.nextId(),
      version: 0,
      address: this.address,
      chatKind: this.#place.kind,
      sender: this.person,
      text,
      notes: [],
      attachments: [],
      sentAt: this.#around.now(),
      ...more,
    }
  }

  /** Writes something; returns its platform id once it is stored. */
  async says(text: string, more: Said = {}): Promise<string> {
    const message = this.message(text, more)
    await this.#place.channel.receives({ type: 'message', message })
    return message.id
  }

  /** Writes to the bot by its name, as groups demand. */
  asks(text: string, more: Said = {}): Promise<string> {
    return this.says(text, { addressed: 'mention', ...more })
  }

  /** Several messages the platform hands over at once. */
  async saysAtOnce(...texts: readonly string[]): Promise<void> {
    const messages = texts.map((text) => this.message(text))
    await this.#place.channel.receives(
      ...messages.map((message) => ({ type: 'message', message }) as const),
    )
  }

  async sends(attachments: readonly InboundAttachment[], more: Said = {}): Promise<string> {
    return this.says('', { attachments, ...more })
  }

  async edits(id: string, text: string, more: Said = {}): Promise<void> {
    const message = this.message(text, { id, version: this.#around.now() + 1, ...more })
    await this.#place.channel.receives({ type: 'edit', message })
  }

  async deletes(...messageIds: readonly string[]): Promise<void> {
    const at = this.#around.now()
    await this.#place.channel.receives({ type: 'deletion', address: this.address, messageIds, at })
  }

  /** `on` is the platform's id of the message with the button, where the platform says it. */
  async presses(button: Button | string, on?: string): Promise<void> {
    await this.#place.channel.receives({
      type: 'press',
      id: this.#place.channel.nextId(),
      address: this.address,
      chatKind: this.#place.kind,
      sender: this.person,
      data: typeof button === 'string' ? button : button.data,
      ...(on !== undefined && { messageId: on }),
      at: this.#around.now(),
    })
  }

  /** The bot comes into the chat or is thrown out of it. */
  async membership(isMember: boolean): Promise<void> {
    await this.#place.channel.receives({
      type: 'membership',
      id: this.#place.channel.nextId(),
      address: this.address,
      chatKind: this.#place.kind,
      isMember,
      at: this.#around.now(),
    })
  }

  /** Waits for the next message here and checks its words. */
  async hears(expected: string | RegExp): Promise<Arrived> {
    const heard = await this.hearsSomething(expected)
    const { text } = heard.delivery.chunk
    if (typeof expected === 'string') assert.equal(text, expected)
    else assert.match(text, expected)
    return heard
  }

  /** Waits for the next message here, whatever it says. */
  async hearsSomething(expected: string | RegExp = 'something'): Promise<Arrived> {
    const { channel, ear } = this.#place
    const heard = await channel.watched.until(
      () => this.#arrived()[ear.heard],
      () => `Nobody said "${expected}" in ${this.#place.chat}; said were: ${this.#words()}`,
    )
    ear.heard += 1
    return heard
  }

  /** Waits until a message here has been changed into one that says this somewhere. */
  sees(expected: string | RegExp): Promise<string> {
    const { channel } = this.#place
    const isIt = (text: string) =>
      typeof expected === 'string' ? text.includes(expected) : expected.test(text)
    const changed = () => {
      const ids = new Set(this.#arrived().map(({ id }) => id))
      return channel.edits.filter((edit) => ids.has(edit.id)).map(({ text }) => text)
    }
    return channel.watched.until(
      () => changed().find(isIt),
      () =>
        `Nothing in ${this.#place.chat} became "${expected}", only ${JSON.stringify(changed())}`,
    )
  }

  /** Nothing arrived here that was not heard, and nothing is on its way without time passing. */
  async hearsNothingMore(): Promise<void> {
    await this.#around.settle()
    const { ear } = this.#place
    assert.deepEqual(
      this.#arrived()
        .slice(ear.heard)
        .map(({ delivery }) => delivery.chunk.text),
      [],
    )
  }

  #arrived(): readonly Arrived[] {
    const { channel, chat, thread } = this.#place
    return channel.arrived.filter((message) => message.chat === chat && message.thread === thread)
  }

  #words(): string {
    return JSON.stringify(this.#arrived().map(({ delivery }) => delivery.chunk.text))
  }
}

/** The buttons under a message, in one row. */
export function buttonsOf({ delivery }: Arrived): readonly Button[] {
  return delivery.chunk.buttons?.flat() ?? []
}
