package io.awa.reactive.shop;

/**
 * An order as it is placed.
 *
 * @param customer who; not blank
 * @param items    how many things, 1 to 20
 */
record Order(String customer, int items) {

    Order {
        if (customer == null || customer.isBlank()) {
            throw new IllegalArgumentException("customer: must not be blank");
        }
        if (items < 1 || items > 20) {
            throw new IllegalArgumentException("items: is " + items + " and must be 1 to 20");
        }
    }
}
