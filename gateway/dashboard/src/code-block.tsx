import { UnstyledButton } from '@mantine/core'
import { IconCheck, IconCopy } from '@tabler/icons-react'
import { useEffect, useState } from 'react'
import { copyText } from './copy-text.ts'
import './code-block.css'

const shownMs = 2_000
/** What scrolls must be reachable by keyboard. */
const scrollable = { tabIndex: 0 }

/** Code with its language and a button that copies it. */
export function CodeBlock(props: { readonly text: string; readonly language: string }) {
  const [outcome, setOutcome] = useState<'idle' | 'copied' | 'failed'>('idle')
  useEffect(() => {
    if (outcome === 'idle') return
    const timer = setTimeout(() => setOutcome('idle'), shownMs)
    return () => clearTimeout(timer)
  }, [outcome])

  const words = { idle: 'Copy', copied: 'Copied', failed: 'Select and copy by hand' }
  const Icon = outcome === 'copied' ? IconCheck : IconCopy
  return (
    <div className="code-block">
      <div className="code-block-bar">
        <span>{props.language}</span>
        <UnstyledButton
          className="code-block-copy"
          aria-live="polite"
          onClick={async () => setOutcome((await copyText(props.text)) ? 'copied' : 'failed')}
        >
          <Icon size={15} aria-hidden />
          {words[outcome]}
        </UnstyledButton>
      </div>
      <pre {...scrollable}>
        <code>{props.text}</code>
      </pre>
    </div>
  )
}
