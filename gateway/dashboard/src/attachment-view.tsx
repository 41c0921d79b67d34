import { IconFile } from '@tabler/icons-react'
import { createElement, useState } from 'react'
import type { Attachment } from './api.ts'
import { formatSize } from './format.ts'
import { isPicture } from './is-picture.ts'
import './attachment-view.css'
import './file-chip.css'

/** A file of a message: pictures and sound in place, everything else as a link to download. */
export function AttachmentView(props: { readonly attachment: Attachment }) {
  const { name, mime, size, url } = props.attachment
  const [isBroken, setBroken] = useState(false)
  if (!isBroken && isPicture(mime))
    return (
      <a className="attachment-picture" href={url} target="_blank" rel="noreferrer">
        <img src={url} alt={name} loading="lazy" onError={() => setBroken(true)} />
      </a>
    )
  if (!isBroken && mime.startsWith('audio/'))
    return createElement('audio', {
      className: 'attachment-media',
      src: url,
      controls: true,
      preload: 'metadata',
      'aria-label': name,
      onError: () => setBroken(true),
    })
  return (
    <a className="file-chip" href={url} download={name}>
      <IconFile className="file-chip-icon" size={22} stroke={1.5} aria-hidden />
      <span className="file-chip-text">
        <span className="file-chip-name">{name}</span>
        <span className="file-chip-size">{formatSize(size)}</span>
      </span>
    </a>
  )
}
