import { Pane } from '../pane.tsx'
export function JobsPane() {
  return (
    <Pane title="Jobs" problem={null} isLoading={false}>
      {null}
    </Pane>
  )
}
