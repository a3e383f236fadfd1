package io.awa.reactive.shop;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;

/** Run it and open http://localhost:8080; without {@code spring.r2dbc.url} it starts a PostgreSQL of its own. */
@SpringBootApplication
public class ShopApplication {

    public static void main(String[] args) {
        SpringApplication application = new SpringApplication(ShopApplication.class);
        application.addInitializers(new OwnPostgres());
        application.run(args);
    }
}
