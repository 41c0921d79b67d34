import { Button } from '@mantine/core'
import { Component, type ReactNode } from 'react'

type Props = { readonly children: ReactNode }

/** Stands in for a part of the page that cannot be loaded, as after an update of the gateway, and leaves the rest alone. */
export class PaneBoundary extends Component<Props, { readonly hasFailed: boolean }> {
  override readonly state = { hasFailed: false }

  static getDerivedStateFromError() {
    return { hasFailed: true }
  }

  override render() {
    if (!this.state.hasFailed) return this.props.children
    return (
      <div className="chat-page-failed" role="alert">
        <p>This part of the page could not be loaded. The gateway may be away, or newer by now.</p>
        <Button variant="default" onClick={() => location.reload()}>
          Load the page again
        </Button>
      </div>
    )
  }
}
