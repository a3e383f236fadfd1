package io.awa.reactive.shop;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;

/** The page in Chromium: a click places an order, and its bar fills as events come. */
@EnabledIf("hasBrowser")
class BrowserTest {

    static boolean hasBrowser() {
        return Browser.program().isPresent();
    }

    @Test
    void aClickPlacesAnOrderAndItsBarFills() throws Exception {
        try (Shop shop = new Shop();
                Browser browser = Browser.open(shop.url())) {
            browser.awaits("document.title", "Shop · orders as jobs");
            browser.evaluate("document.getElementById('items').value = 21");
            browser.evaluate("document.getElementById('place').click()");
            browser.awaits("document.getElementById('refused').textContent.includes('must be 1 to 20')", "true");

            browser.evaluate("document.getElementById('items').value = 20");
            browser.evaluate("document.getElementById('place').click()");
            browser.awaits("document.querySelectorAll('article').length", "1");
            browser.awaits("document.querySelector('progress').value > 0", "true");
            assertThat(Integer.parseInt(browser.evaluate("document.querySelector('progress').value")))
                    .as("the bar moves while the job runs")
                    .isBetween(1, 99);
            browser.screenshot(Files.createDirectories(Path.of("target")).resolve("running.png"));
            browser.awaits("document.querySelector('.state').textContent", "completed");
            browser.awaits("document.querySelector('.message').textContent", "shipped");
            browser.screenshot(Path.of("target", "completed.png"));

            assertThat(shop.one("select count(*)::text from orders")).isEqualTo("1");
        }
    }
}
