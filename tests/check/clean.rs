//! Exports without a fault: every rule has something to look at, and finds nothing.

/// File name and content.
pub type File = (&'static str, &'static str);

pub const PLATFORM: &[File] = &[
    (
        "users.csv",
        "user_id,user_name,email,plan_type,company,registration_date
U1,Ann,ann@a.example,Pro,Acme,2024-01-05
U2,Bo,bo@b.example,Free,Acme,2024-02-06
",
    ),
    (
        "licenses.csv",
        "license_id,license_type,start_date,end_date,license_status,assigned_user_id,assigned_user_name
L1,Pro,2024-01-05,2024-06-30,Expired,U1,Ann
L2,Pro,2024-07-01,,Active,U1,Ann
L3,Basic,2024-02-06,2024-12-31,Active,U2,Bo
",
    ),
    (
        "meetings.csv",
        "meeting_id,host_user_id,host_name,meeting_topic,meeting_type,start_time,end_time,duration_minutes
M1,U1,Ann,Plan,Scheduled,2024-03-01 09:00:10,2024-03-01 09:31:05,30
M2,U2,Bo,Sync,Instant,2024-07-02 10:00:00,2024-07-02 11:00:00,60
",
    ),
    (
        "attendees.csv",
        "attendee_id,meeting_id,user_id,participant_name,join_time,leave_time,connection_quality
T1,M1,U2,Bo,2024-03-01 08:50:00,2024-03-01 09:31:00,Good
T2,M2,,Guest,2024-07-02 10:01:00,2024-07-02 10:59:00,Poor
",
    ),
    (
        "features_usage.csv",
        "usage_id,meeting_id,feature_name,usage_count,usage_duration,usage_timestamp
F1,M1,Chat,2,9,2024-03-01 09:10:00
",
    ),
    (
        "support_tickets.csv",
        "ticket_id,user_id,ticket_type,resolution_status,priority_level,open_date,close_date,description
K1,U1,Video,Closed,High,2024-03-05 10:00:00,2024-03-06 09:00:00,Flickers
K2,U2,Audio,Open,Low,2024-07-05 10:00:00,,Hums
",
    ),
    (
        "billing_events.csv",
        "event_id,user_id,event_type,amount,currency,transaction_date,payment_method
E1,U1,Renewal,20.00,NOK,2024-07-01,Invoice
E2,U1,Refund,-5.00,NOK,2024-07-10,Invoice
",
    ),
];

pub const BILLING: &[File] = &[
    ("dbo.Organizations.csv", "Id,Name,TimeZoneId\nO1,North,Europe/Oslo\nO2,South,Asia/Tokyo\n"),
    ("dbo.Products.csv", "Id,Name,Price,ProductCategory\nP1,Paper,60,Print\nP2,Digital,40,Web\n"),
    (
        "dbo.Subscribers.csv",
        "Id,SubscriberNumber,Name,Email,ContactId\nS1,1001,Ann,ann@a.example,C1\nS2,1002,Bo,bo@b.example,C3\n",
    ),
    (
        "dbo.SubscriberContacts.csv",
        "Id,SubscriberId,IsPrimary,City,Email\nC1,S1,1,Oslo,ann@a.example\nC2,S1,0,Bergen,\nC3,S2,1,Tokyo,bo@b.example\n",
    ),
    (
        "dbo.SubscriberAccounts.csv",
        "Id,SubscriberId,AccountNumber,FirstUsed\nA1,S1,7001,2025-01-01\nA2,S2,7002,2025-01-01\n",
    ),
    (
        "dbo.Tag.csv",
        "Id,Value,ReferenceId,ReferenceType\nT1,Store:Oslo,N1,Subscription\nT2,vip,S2,\nT3,late,Y1,Payment\n",
    ),
    ("dbo.ReportingGroups.csv", "Id,Name,Type\nG1,News,Product\nG2,Web,Product\n"),
    (
        "dbo.ProductReportingGroups.csv",
        "Id,ReportingGroupId,ProductId,PermanentDiscount\nGP1,G1,P1,\nGP2,G2,P2,\nGP3,G2,,Student\n",
    ),
    (
        "economy.AccountTransaction.csv",
        "Id,SubscriberId,SubscriberAccountId,OrganizationId,Type,Amount,Currency,StartTime
X1,S1,A1,O1,Charge,10.00,NOK,2025-02-01 10:00:00
",
    ),
    (
        "economy.Invoices.csv",
        "Id,InvoiceNumber,SubscriberId,OrganizationId,SubscriptionId,IssueDate,DueDate,PaidDate,Amount,Currency,Status
I1,501,S1,O1,N1,2025-01-01,2025-01-15,2025-01-10,110.00,NOK,Paid
I2,502,S2,O2,N3,2025-02-01,2025-02-15,,50.00,EUR,Issued
I3,501,S2,O2,N3,2025-01-05,2025-01-20,2025-01-06,10.00,EUR,Credited
",
    ),
    (
        "economy.PaymentDemands.csv",
        "Id,SubscriberId,SubscriberAccountId,OrganizationId,InvoiceId,IssueDate,DueDate,SettleDate,CreditDate,WriteOffDate,Amount,Currency,PaymentMethod
D1,S1,A1,O1,I1,2025-01-01,2025-01-15,2025-01-10,,,100.00,NOK,Invoice
D2,S2,A2,O2,I2,2025-02-01,2025-02-15,,,,50.00,EUR,Invoice
D3,S2,A2,O2,I3,2025-01-05,2025-01-05,,2025-01-05,,,EUR,Invoice
",
    ),
    (
        "economy.PaymentDemandDetails.csv",
        "Id,PaymentDemandId,SubscriptionId,NextSubscriptionId,OrderId,ProductId,Type,Text,Amount
DD1,D1,N1,N2,,P1,Subscription,,60.00
DD2,D1,N1,N2,,P2,Subscription,,40.00
DD3,D2,N3,,,P2,Subscription,,50.00
DD4,D3,N3,,,P2,Subscription,,10.00
",
    ),
    ("economy.PaymentDemandFees.csv", "Id,PaymentDemandId,Type,Amount\nFE1,D1,Reminder,10.00\n"),
    (
        "economy.PaymentDemandAllowances.csv",
        "Id,PaymentDemandId,AccountTransactionId,Type,Amount\nAL1,D2,,Discount,5.00\n",
    ),
    (
        "economy.PaymentDemandCharges.csv",
        "Id,PaymentDemandId,AccountTransactionId,Type,Amount\nCH1,D2,,Freight,5.00\n",
    ),
    (
        "economy.SubscriberLedgers.csv",
        "Id,SubscriberId,SubscriberAccountId,OrganizationId,LedgerDate,LedgerType,Amount,Currency,InvoiceId,PaymentDemandId,PaymentId
LE1,S1,A1,O1,2025-01-01,Charge,110.00,NOK,I1,D1,
LE2,S1,A1,O1,2025-01-10,Payment,-110.00,NOK,I1,,Y1
LE3,S2,A2,O2,2025-02-01,Charge,50.00,EUR,I2,D2,
",
    ),
    (
        "economy.SubscriberAmounts.csv",
        "SubscriberId,OrganizationId,Currency,Amount\nS2,O2,EUR,50.00\n",
    ),
    (
        // R1 is created on 1 February in Oslo, R3 completed on 3 March in Tokyo.
        "order.Orders.csv",
        "Id,SubscriberId,OrganizationId,SubscriptionId,Status,CreatedDate,CompletedDate,CancelledDate,Value,Currency,PaymentMethod,TemplatePackageName
R1,S1,O1,N1,Completed,2025-01-31 23:30:00,2025-02-02 12:00:00,,60.00,NOK,Card,Basic
R2,S1,O1,N1,Cancelled,2025-02-01 08:00:00,,2025-02-03 08:00:00,40.00,NOK,Card,Basic
R3,S2,O2,N3,1,2025-03-01 08:00:00,2025-03-02 15:30:00,,70.00,EUR,Card,Basic
R4,S2,O2,N3,InProgress,2025-03-01 09:00:00,,,30.00,EUR,Card,Basic
R5,S2,O2,N3,InProgress,2025-03-01 10:00:00,,,5.50,EUR,Card,Basic
",
    ),
    ("order.Products.csv", "Id,OrderId,ProductId,Name,Quantity,Price\nOP1,R1,P1,Paper,1,60.00\n"),
    (
        "order.OrderAmounts.csv",
        "OrganizationId,Date,Status,Currency,Amount,Orders
O1,2025-02-01,Completed,NOK,60.00,1
O1,2025-02-01,2,NOK,40.00,1
O2,2025-03-01,completed,EUR,70.00,1
O2,2025-03-01,InProgress,EUR,35.50,2
",
    ),
    (
        "order.OrderCompletedAmounts.csv",
        "OrganizationId,Date,Currency,Amount,Orders\nO1,2025-02-02,NOK,60.00,1\nO2,2025-03-03,EUR,70.00,1\n",
    ),
    (
        "subscription.Subscriptions.csv",
        "Id,SubscriberId,SubscriberAccountId,OrganizationId,StartDate,EndDate,Price,TaxPercent,Units,Currency,IsCancelled,CancellationDate,CancellationReason,CancellationType,IsRenewed,PreviousSubscriptionId,NextSubscriptionId,SubscriptionPackageId
N1,S1,A1,O1,2025-01-01,2025-02-01,100.00,25,1,NOK,0,,,,1,,N2,K1
N2,S1,A1,O1,2025-02-01,2025-03-01,100.00,25,,NOK,1,2025-03-01,Price,Regular,0,N1,,K1
N3,S2,A2,O2,2025-01-01,,50.00,0,2,EUR,0,,,,0,,,K1
",
    ),
    (
        "subscription.CanceledSubscriptions.csv",
        "Id,SubscriptionId,CancelledOn,EffectiveDate,Reason,Type\nZ1,N2,2025-02-20,2025-03-01,Price,Regular\n",
    ),
    ("subscription.Contracts.csv", "Id,SubscriptionId,StartDate,EndDate,TermLength\nH1,N1,2025-01-01,2026-01-01,12\n"),
    ("subscription.EnterprisePlans.csv", "Id,OrganizationId,Name,Rules\nQ1,O1,Office,\n"),
    (
        "subscription.SubscriptionPackages.csv",
        "Id,Name,Price,Currency,TaxPercent,Units,BillingFrequencyId,ChainStep,AutomaticStop,PermanentDiscount,PermanentDiscountPercent
K1,Basic,100.00,NOK,25,1,1001,1,0,Student,10
",
    ),
    (
        "subscription.SubscriptionPackageProducts.csv",
        "Id,SubscriptionPackageId,ProductId,Quantity,Price\nKP1,K1,P1,1,60.00\nKP2,K1,P2,1,40.00\n",
    ),
    (
        "payment.Payments.csv",
        "Id,SubscriberId,SubscriberAccountId,OrganizationId,InvoiceId,PaymentDate,ValueDate,Amount,Currency,Source,PaymentMethod,State
Y1,S1,A1,O1,I1,2025-01-10 23:15:00,2025-01-11,110.00,NOK,OCR,Giro,Completed
Y2,S2,A2,O2,,2025-02-10 10:00:00,2025-02-10,20.00,EUR,Manual,Giro,AwaitingIdentification
",
    ),
    ("payment.DailyPaidAmounts.csv", "OrganizationId,Date,Currency,Amount\nO1,2025-01-11,NOK,110.00\n"),
];
