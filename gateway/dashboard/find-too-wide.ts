import type { Page } from 'playwright-core'

/** Elements that reach beyond the window and are not inside something that scrolls by design. */
export async function findTooWide(page: Page): Promise<readonly string[]> {
  return await page.evaluate(() => {
    const width = document.documentElement.clientWidth
    const outside = [...document.querySelectorAll('body *')].filter((element) => {
      const box = element.getBoundingClientRect()
      const isInScroller = element.closest('pre, .rich-text-table, .off-screen') !== null
      return !isInScroller && box.width > 0 && (box.right > width + 1 || box.left < -1)
    })
    if (document.documentElement.scrollWidth > width) outside.push(document.documentElement)
    return outside.map((element) => `${element.localName}.${element.className}`)
  })
}
