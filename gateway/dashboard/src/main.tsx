import { MantineProvider } from '@mantine/core'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { sendMessage } from './api.ts'
import { App } from './app.tsx'
import './mantine.css'
import './theme.css'
import { Outbox } from './outbox.ts'
import { takeSignInCode } from './sign-in-code.ts'
import { theme } from './theme.ts'

const outbox = new Outbox(sendMessage, sessionStorage)
const code = takeSignInCode()

// Mantine writes its variables and responsive classes into <style> elements, which a strict content security policy
// refuses; theme.css has the variables instead, and the page uses none of the classes.
createRoot(document.querySelector('#root')!).render(
  <StrictMode>
    <MantineProvider
      theme={theme}
      defaultColorScheme="auto"
      withCssVariables={false}
      withGlobalClasses={false}
    >
      <App outbox={outbox} initialCode={code} />
    </MantineProvider>
  </StrictMode>,
)
