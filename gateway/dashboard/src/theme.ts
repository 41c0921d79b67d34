import { createTheme, type MantineColorsTuple } from '@mantine/core'

/** The shades live in theme.css, where a strict content security policy lets them be. */
const shade = (index: number) => `var(--mantine-color-jackdaw-${index})`
const jackdaw: MantineColorsTuple = [
  shade(0),
  shade(1),
  shade(2),
  shade(3),
  shade(4),
  shade(5),
  shade(6),
  shade(7),
  shade(8),
  shade(9),
]

/** What Mantine's components need to know; the look itself is in theme.css. */
export const theme = createTheme({
  colors: { jackdaw },
  primaryColor: 'jackdaw',
  cursorType: 'pointer',
  respectReducedMotion: true,
})
