package io.awa.reactive.shop;

import io.awa.reactive.testkit.AwaPostgres;
import java.time.Duration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.test.web.reactive.server.WebTestClient;

/** The application at work on a port of its own, in schemas of its own. */
final class Shop implements AutoCloseable {

    private final String tables = AwaPostgres.shared().freshSchema("shop");
    private final ConfigurableApplicationContext context;

    Shop() {
        AwaPostgres.shared().query("create schema " + tables).blockLast();
        context = new SpringApplicationBuilder(ShopApplication.class)
                .run(
                        "--server.port=0",
                        "--spring.main.banner-mode=off",
                        "--spring.r2dbc.url=" + AwaPostgres.shared().url(),
                        "--spring.r2dbc.properties.schema=" + tables,
                        "--awa.schema=" + AwaPostgres.shared().freshSchema());
    }

    String url() {
        return "http://localhost:" + context.getEnvironment().getProperty("local.server.port");
    }

    WebTestClient client() {
        return WebTestClient.bindToServer()
                .baseUrl(url())
                .responseTimeout(Duration.ofSeconds(30))
                .build();
    }

    String one(String select) {
        return AwaPostgres.shared()
                .query(select.replace("orders", tables + ".orders"))
                .blockLast();
    }

    String queueSchema() {
        return context.getEnvironment().getProperty("awa.schema");
    }

    @Override
    public void close() {
        context.close();
        AwaPostgres.shared().drop(tables).block();
    }
}
