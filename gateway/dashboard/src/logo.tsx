import mark from './jackdaw.svg'

/** The mark of the project, as decoration beside its name. */
export function Logo(props: { readonly size: number }) {
  return <img src={mark} alt="" width={props.size} height={props.size} />
}
