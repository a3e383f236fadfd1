package io.awa.reactive.shop;

import io.awa.reactive.spring.Jobs;
import org.springframework.r2dbc.core.DatabaseClient;
import org.springframework.stereotype.Service;
import org.springframework.transaction.annotation.Transactional;
import reactor.core.publisher.Mono;

/** The order and the job that fulfils it are stored together, or neither is. */
@Service
class Orders {

    private final DatabaseClient database;
    private final Jobs jobs;

    Orders(DatabaseClient database, Jobs jobs) {
        this.database = database;
        this.jobs = jobs;
    }

    @Transactional
    public Mono<Placed> place(Order order) {
        return database.sql("insert into orders (customer, items) values (:customer, :items) returning id")
                .bind("customer", order.customer())
                .bind("items", order.items())
                .map(row -> row.get("id", Long.class))
                .one()
                .flatMap(id -> jobs.enqueue(Fulfilment.FULFIL.with(new Fulfilment.FulfilOrder(id, order.items())))
                        .map(stored -> new Placed(id, stored.id().toString())));
    }
}
