import { createElement, type ReactNode, useMemo } from 'react'
import { CodeBlock } from './code-block.tsx'
import './rich-text.css'

// The gateway has sanitised this HTML already. It is rebuilt here from a list of what is known, so that a mistake
// there can show an odd character but never run anything: no attribute passes that is not named below.

const kept = new Set(
  (
    'a b blockquote br code dd del details div dl dt em h1 h2 h3 h4 h5 h6 hr i img input ins kbd li mark ol p pre ' +
    'q s samp section span strike strong sub summary sup table tbody td tfoot th thead tr u ul var'
  ).split(' '),
)
/** Dropped with everything inside; of other unknown elements the text stays. */
const dropped = new Set(
  'script style template iframe object embed svg title head noscript select textarea button'.split(
    ' ',
  ),
)
const tableParts = new Set('table thead tbody tfoot tr ul ol dl'.split(' '))
const maxDepth = 60

type Attributes = Record<string, string | number | boolean>

/** An agent's rendered answer. */
export function RichText(props: { readonly html: string }) {
  const { html } = props
  const nodes = useMemo(
    () => toReact(new DOMParser().parseFromString(html, 'text/html').body, 0),
    [html],
  )
  return createElement('div', { className: 'rich-text' }, ...nodes)
}

function toReact(parent: Element, depth: number): readonly ReactNode[] {
  if (depth > maxDepth) return [parent.textContent]
  return [...parent.childNodes].map((node) => {
    if (node instanceof Text) return isLayoutSpace(node, parent) ? null : node.data
    return node instanceof Element ? elementToReact(node, depth + 1) : null
  })
}

function elementToReact(element: Element, depth: number): ReactNode {
  const name = element.localName
  if (dropped.has(name)) return null
  if (name === 'pre') return createElement(CodeBlock, toCode(element))
  if (name === 'img') return toPicture(element)
  if (name === 'input') return toCheckbox(element)
  if (name === 'br' || name === 'hr') return createElement(name)
  const children = toReact(element, depth)
  if (!kept.has(name)) return createElement('span', null, ...children)
  if (name === 'a') return createElement('a', toLink(element), ...children)
  if (name === 'table') {
    const frame = {
      className: 'rich-text-table',
      tabIndex: 0,
      role: 'region',
      'aria-label': 'Table',
    }
    return createElement('div', frame, createElement('table', null, ...children))
  }
  return createElement(name, toAttributes(element), ...children)
}

function toCode(element: Element): { text: string; language: string } {
  const classes = element.querySelector('code')?.className ?? ''
  return {
    text: (element.textContent ?? '').replace(/\n$/, ''),
    language: /(?:^|\s)language-([\w+#.-]{1,30})/.exec(classes)?.[1] ?? '',
  }
}

/** Only pictures of the gateway itself are shown: a remote one would tell its server who reads what, and when. */
function toPicture(element: Element): ReactNode {
  const address = element.getAttribute('src') ?? ''
  const alt = element.getAttribute('alt') ?? ''
  const url = parseUrl(address)
  if (url?.origin === location.origin || /^data:image\/(?:png|jpeg|gif|webp);/.test(address))
    return createElement('img', { src: address, alt, loading: 'lazy' })
  if (url === null || !/^https?:$/.test(url.protocol)) return alt
  return createElement('a', outbound(url.href), alt || url.hostname)
}

function toCheckbox(element: Element): ReactNode {
  if (element.getAttribute('type') !== 'checkbox') return null
  const checked = element.hasAttribute('checked')
  return createElement('input', { type: 'checkbox', checked, disabled: true, readOnly: true })
}

function toLink(element: Element): Attributes {
  const href = element.getAttribute('href') ?? ''
  // The page's own fragments name chats, so an anchor inside an answer would leave the chat.
  if (href.startsWith('#')) return {}
  const url = parseUrl(href)
  return url !== null && /^(?:https?|mailto|tel):$/.test(url.protocol) ? outbound(url.href) : {}
}

function outbound(href: string): Attributes {
  return { href, target: '_blank', rel: 'noopener noreferrer' }
}

function toAttributes(element: Element): Attributes {
  const attributes: Attributes = {}
  const colSpan = Number(element.getAttribute('colspan'))
  if (colSpan > 1) attributes['colSpan'] = Math.min(colSpan, 100)
  const start = Number(element.getAttribute('start'))
  if (element.localName === 'ol' && start > 1) attributes['start'] = start
  const align = element.getAttribute('align')
  if (align === 'right' || align === 'center') attributes['className'] = `rich-text-${align}`
  if (element.localName === 'details' && element.hasAttribute('open')) attributes['open'] = true
  return attributes
}

function parseUrl(address: string): URL | null {
  return URL.parse(address, document.baseURI)
}

function isLayoutSpace(node: Text, parent: Element): boolean {
  return tableParts.has(parent.localName) && node.data.trim() === ''
}
