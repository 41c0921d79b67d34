const pictures = new Set(['image/png', 'image/jpeg', 'image/gif', 'image/webp', 'image/avif'])

/** Whether the browser shows this type as a picture and nothing in it can run (SVG can). */
export function isPicture(mime: string): boolean {
  return pictures.has(mime)
}
