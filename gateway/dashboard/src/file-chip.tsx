import { CloseButton } from '@mantine/core'
import { IconFile } from '@tabler/icons-react'
import { useEffect, useState } from 'react'
import { formatSize } from './format.ts'
import { isPicture } from './is-picture.ts'
import './file-chip.css'

/** A file the reader has attached: pictures as a thumbnail, everything else by name. */
export function FileChip(props: { readonly file: File; readonly onRemove?: () => void }) {
  const { file, onRemove } = props
  const url = useObjectUrl(isPicture(file.type) ? file : null)
  return (
    <div className="file-chip">
      {url === null ? (
        <IconFile className="file-chip-icon" size={22} stroke={1.5} aria-hidden />
      ) : (
        <img className="file-chip-picture" src={url} alt="" />
      )}
      <span className="file-chip-text">
        <span className="file-chip-name">{file.name}</span>
        <span className="file-chip-size">{formatSize(file.size)}</span>
      </span>
      {onRemove && <CloseButton size={32} aria-label={`Remove ${file.name}`} onClick={onRemove} />}
    </div>
  )
}

function useObjectUrl(file: File | null): string | null {
  const [url, setUrl] = useState<string | null>(null)
  useEffect(() => {
    if (!file) return
    const made = URL.createObjectURL(file)
    setUrl(made)
    return () => URL.revokeObjectURL(made)
  }, [file])
  return url
}
