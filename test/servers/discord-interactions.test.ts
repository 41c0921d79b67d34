import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  ActionRowBuilder,
  ApplicationCommandOptionType,
  ButtonBuilder,
  ButtonStyle,
  InteractionContextType,
  MessageFlags,
  StringSelectMenuBuilder,
} from 'discord.js'
import { startDiscord } from './discord.ts'
import { Bot } from './discord-rig.ts'

const buttons = new ActionRowBuilder<ButtonBuilder>().addComponents(
  new ButtonBuilder({ customId: 'yes', label: 'Yes', style: ButtonStyle.Success }),
  new ButtonBuilder({ customId: 'no', label: 'No', style: ButtonStyle.Danger }),
)
const menu = new ActionRowBuilder<StringSelectMenuBuilder>().addComponents(
  new StringSelectMenuBuilder({
    customId: 'colour',
    options: [
      { label: 'Red', value: 'r' },
      { label: 'Blue', value: 'b' },
    ],
  }),
)
const commands = [
  {
    name: 'remind',
    description: 'Reminds you',
    contexts: [InteractionContextType.Guild, InteractionContextType.BotDM],
    options: [
      {
        type: ApplicationCommandOptionType.String as const,
        name: 'what',
        description: 'What of',
        required: true,
      },
    ],
  },
]

async function startAsked() {
  let now = Date.now()
  await using stack = new AsyncDisposableStack()
  const server = stack.use(await startDiscord({ now: () => now }))
  const guild = server.addGuild()
  const general = guild.addChannel('general')
  const ann = server.addPerson('Ann', guild)
  const bot = await stack.use(new Bot(server)).login(server.token)
  ann.says(general, 'ask me')
  await server.waitFor(() => bot.heard.length > 0)
  await bot.heard[0]?.reply({ content: 'Shall I?', components: [buttons, menu] })
  const [question] = server.sent
  assert.ok(question)
  const owned = stack.move()
  const close = () => owned.disposeAsync()
  const wait = (ms: number) => {
    now += ms
  }
  return { server, general, ann, bot, question, wait, [Symbol.asyncDispose]: close }
}

test('a press is acknowledged once, and the message is edited afterwards', async () => {
  await using rig = await startAsked()
  const { server, ann, bot, question } = rig
  const pressed = ann.presses(question, 'Yes')
  await server.waitFor(() => bot.interactions.length === 1)
  const [press] = bot.interactions
  assert.ok(press?.isButton())
  assert.deepEqual([press.customId, press.user.id], ['yes', ann.id])
  await press.deferUpdate()
  assert.equal(pressed.acknowledged, 6)
  await press.editReply({ content: 'Ann said yes', components: [] })
  assert.equal(question.payload.content, 'Ann said yes')
  assert.deepEqual(question.payload.components, [])
  await press.followUp({ content: 'Only you see it', flags: MessageFlags.Ephemeral })
  assert.equal(server.messages(question.channel).length, 2)
  assert.equal(server.texts(question.channel).at(-1), 'Only you see it')
  const again = bot.client.rest.post(`/interactions/${press.id}/${press.token}/callback`, {
    body: { type: 6 },
    auth: false,
  })
  await assert.rejects(again, { code: 40060 })
  assert.equal(server.breaches.length, 1)
})

test('a menu tells what was chosen, and an update replaces the message', async () => {
  await using rig = await startAsked()
  const { server, ann, bot, question } = rig
  ann.presses(question, 'colour', ['b'])
  await server.waitFor(() => bot.interactions.length === 1)
  const [choice] = bot.interactions
  assert.ok(choice?.isStringSelectMenu())
  assert.deepEqual(choice.values, ['b'])
  await choice.update({ content: 'Blue it is', components: [] })
  assert.equal(question.payload.content, 'Blue it is')
  assert.deepEqual(server.breaches, [])
})

test('after three seconds an interaction is unknown, after fifteen minutes its token is', async () => {
  await using rig = await startAsked()
  const { server, ann, bot, question, wait } = rig
  ann.presses(question, 'Yes')
  await server.waitFor(() => bot.interactions.length === 1)
  wait(3000)
  const [late] = bot.interactions
  assert.ok(late?.isButton())
  await assert.rejects(late.deferUpdate(), { code: 10062 })
  const lost = ann.presses(question, 'No')
  lost.isLate = true
  await server.waitFor(() => bot.interactions.length === 2)
  const [, second] = bot.interactions
  assert.ok(second?.isButton())
  await assert.rejects(second.deferUpdate(), { code: 10062 })
  ann.presses(question, 'No')
  await server.waitFor(() => bot.interactions.length === 3)
  const [, , third] = bot.interactions
  assert.ok(third?.isButton())
  await third.deferUpdate()
  wait(15 * 60 * 1000)
  await assert.rejects(third.editReply('too late'), { code: 50027 })
  assert.deepEqual(server.breaches, [])
})

test('commands are registered as a whole, run with options, and answered in private', async () => {
  await using rig = await startAsked()
  const { server, general, ann, bot } = rig
  assert.throws(() => ann.runsCommand(general, 'remind', { what: 'tea' }), /no command/)
  await bot.client.application?.commands.set(commands)
  assert.throws(() => ann.runsCommand(general, 'remind'), /needs what/)
  ann.runsCommand(general, 'remind', { what: 'tea' })
  ann.runsCommand(ann.dm, 'remind', { what: 'milk' })
  await server.waitFor(() => bot.interactions.length === 2)
  const [run, direct] = bot.interactions
  assert.ok(run?.isChatInputCommand() && direct?.isChatInputCommand())
  assert.equal(run.options.getString('what'), 'tea')
  await run.deferReply({ flags: MessageFlags.Ephemeral })
  await run.editReply('Tea at five')
  await direct.reply('Milk at six')
  assert.deepEqual(server.texts(ann.dm), ['Milk at six'])
  assert.equal(server.texts(general).at(-1), 'Tea at five')
  assert.equal(server.messages(general).at(-1)?.payload.content, 'Shall I?')
  assert.equal((await bot.client.application?.commands.fetch())?.size, 1)
  assert.deepEqual(server.breaches, [])
})
