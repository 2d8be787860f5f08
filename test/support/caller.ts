import { type TestedService } from './test-app.js';

/** A payment method as the API answers it. */
export interface Card {
  id: number;
  type: string;
  is_default: boolean;
  card_brand: string | null;
  card_last4: string | null;
  card_exp_month: number | null;
  card_exp_year: number | null;
}

let callers = 0;

/** A user of the API, a new one each time, with a valid token. */
export class Caller {
  private constructor(
    private readonly app: TestedService,
    readonly sub: string,
    /** Value of its `Authorization` header. */
    readonly authorization: string,
  ) {}

  static async create(app: TestedService): Promise<Caller> {
    callers += 1;
    return Caller.of(app, `caller-${callers}`);
  }

  /** The bearer of a token with these claims. */
  static async of(app: TestedService, sub: string, claims: Record<string, unknown> = {}): Promise<Caller> {
    return new Caller(app, sub, await app.bearer(sub, claims));
  }

  get(path: string) {
    return this.app.http.get(path).set('Authorization', this.authorization);
  }

  post(path: string, body?: object) {
    return this.app.http.post(path).set('Authorization', this.authorization).send(body);
  }

  put(path: string, body?: object) {
    return this.app.http.put(path).set('Authorization', this.authorization).send(body);
  }

  patch(path: string, body?: object) {
    return this.app.http.patch(path).set('Authorization', this.authorization).send(body);
  }

  delete(path: string) {
    return this.app.http.delete(path).set('Authorization', this.authorization);
  }

  /** Adds a payment method and expects that it goes well. */
  async addCard(id: string, setAsDefault?: boolean): Promise<Card> {
    const body = { payment_method_id: id, ...(setAsDefault === undefined ? {} : { set_as_default: setAsDefault }) };
    return (await this.post('/payment-methods', body).expect(201)).body as Card;
  }

  async listCards(): Promise<Card[]> {
    return (await this.get('/payment-methods').expect(200)).body as Card[];
  }

  /** Our id of the user, as Stripe's metadata has it. */
  async userId(): Promise<string> {
    const users = 'select id from users where external_id = $1';
    const [row] = await this.app.dataSource.query<[{ id: number }]>(users, [this.sub]);
    return String(row.id);
  }

  /** The caller's customer at Stripe, made if there is none. */
  async stripeCustomerId(): Promise<string> {
    if ((await this.get('/customer').expect(200)).body === null)
      await this.app.http
        .patch('/customer')
        .set('Authorization', this.authorization)
        .send({ name: this.sub })
        .expect(200);
    const [row] = await this.app.dataSource.query<[{ id: string }]>(
      `select c.stripe_customer_id as id from customers c join users u on u.id = c.user_id where u.external_id = $1`,
      [this.sub],
    );
    return row.id;
  }
}
